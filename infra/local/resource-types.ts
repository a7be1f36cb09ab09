/** Types that are made, with the property that holds their physical name. */
export const nameProperty: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
};

/** Types that are interpreted beside the named ones above. */
export const interpreted = new Set([
  'AWS::Lambda::EventSourceMapping',
  'AWS::Scheduler::Schedule',
  'AWS::Events::Rule',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Stage',
  'Custom::S3BucketNotifications',
]);

/** Types that one machine does without, and why. Anything that is in neither list stops the hub. */
export const leftOut: Record<string, string> = {
  'AWS::IAM::Role': 'one user runs everything; grants are tested on the template',
  'AWS::IAM::Policy': 'as roles',
  'AWS::IAM::ManagedPolicy': 'as roles',
  'AWS::KMS::Key': 'encryption at rest is the disk’s here',
  'AWS::KMS::Alias': 'as keys',
  'AWS::S3::BucketPolicy': 'servers listen for this machine only',
  'AWS::SQS::QueuePolicy': 'as bucket policies',
  'AWS::Lambda::Permission': 'as bucket policies',
  'AWS::SecretsManager::Secret': 'the hub gives functions its own secret as CANBAO_SECRET',
  'AWS::SSM::Parameter': 'nothing of the hub reads one at run time',
  'AWS::Logs::LogGroup': 'lines of functions go to the log of the hub',
  'AWS::Logs::MetricFilter': 'nobody is called by one machine',
  'AWS::CloudWatch::Alarm': 'nobody is called by one machine',
  'AWS::CloudWatch::CompositeAlarm': 'nobody is called by one machine',
  'AWS::CloudWatch::Dashboard': 'nobody is called by one machine',
  'AWS::SNS::Topic': 'only alarms publish to topics',
  'AWS::SNS::TopicPolicy': 'only alarms publish to topics',
  'AWS::SNS::Subscription': 'only alarms publish to topics',
  'AWS::Scheduler::ScheduleGroup': 'a name for schedules',
  'AWS::EC2::VPC': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::Subnet': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::RouteTable': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::SubnetRouteTableAssociation': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::Route': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::InternetGateway': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::VPCGatewayAttachment': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::EIP': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::NatGateway': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::SecurityGroup': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::SecurityGroupIngress': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::SecurityGroupEgress': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::VPCEndpoint': 'one machine is one network; functions reach what it reaches',
  'AWS::EC2::FlowLog': 'one machine is one network; functions reach what it reaches',
  'AWS::CDK::Metadata': 'a note of the CDK to itself',
  'Custom::S3AutoDeleteObjects': 'acts when a stack is deleted',
};
